/** How much of a list is kept in memory. Nothing that a server says about its people makes a worker keep more, however short the list is in entries. */
import { SystemUnavailable } from '../domain/system-unavailable.ts';

/** Characters: half a million accounts have some fifty million. */
const most = 64 * 1_048_576;

export class ListSize {
  readonly #about: string;
  readonly #most: number;
  #kept = 0;

  /** `about`: what the list is, as the beginning of a sentence. */
  constructor(about: string, mostKept = most) {
    this.#about = about;
    this.#most = mostKept;
  }

  /** Of plain data. Throws SystemUnavailable where it would be too much. */
  add(entry: object): void {
    this.#kept += JSON.stringify(entry).length;
    if (this.#kept > this.#most)
      throw new SystemUnavailable(`${this.#about}: the list is larger than ${Math.round(this.#most / 1_048_576)} MB, and was not read to its end`);
  }
}
