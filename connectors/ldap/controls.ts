/** The assertion control (RFC 4528), which the client library does not have: nothing is changed unless the entry matches. */
import { Ber, BerWriter, Control, type Filter } from 'ldapts';

export const assertionControl = '1.3.6.1.1.12';

export class Assertion extends Control {
  readonly #filter: Filter;

  constructor(filter: Filter) {
    super(assertionControl, { critical: true });
    this.#filter = filter;
  }

  protected override writeControl(writer: BerWriter): void {
    const value = new BerWriter();
    this.#filter.write(value);
    writer.writeBuffer(value.buffer, Ber.OctetString);
  }
}
