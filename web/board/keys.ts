/** What a row of the board is about: the same for as long as it is about the same package. */
export const keyOf = ({ plan, wave, package: id }: { plan: string; wave: string; package: string }): string => `${plan}/${wave}/${id}`;
