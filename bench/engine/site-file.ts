/** The site of the bench: one system in memory that every plan may use. */
export const siteText = `site: bench
administrators: { people: [ines] }
systems: [{ id: erp, kind: none }]
plans: [{ plan: '*', apply: { people: [ines] }, systems: [{ system: erp }] }]
`;
