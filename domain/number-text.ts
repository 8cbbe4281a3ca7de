/** `12,345`, as `toLocaleString('en')` writes a whole number: that loads the languages of ICU first, which takes longer than the check of a plan. */
export const numberText = (number: number | bigint): string => {
  const [whole = '', fraction] = String(number).split('.');
  return `${whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ',')}${fraction === undefined ? '' : `.${fraction}`}`;
};
