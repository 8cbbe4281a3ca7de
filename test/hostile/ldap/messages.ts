/** Data of an LDAP connection as whole messages (RFC 4511, section 5.1): each is a BER sequence with its length in front. */

/** Takes data as it comes, and answers the messages that are whole by now. */
export function messageReader(): (data: Buffer) => Buffer[] {
  let rest: Buffer = Buffer.alloc(0);
  return (data) => {
    rest = Buffer.concat([rest, data]);
    const whole: Buffer[] = [];
    for (let length = lengthOf(rest); length !== undefined && rest.length >= length; length = lengthOf(rest)) {
      whole.push(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
    return whole;
  };
}

/** With its tag and its length; undefined: not known yet. */
function lengthOf(data: Buffer): number | undefined {
  const first = data[1];
  if (first === undefined) return undefined;
  if (first < 0x80) return 2 + first;
  const bytes = first & 0x7f;
  return data.length < 2 + bytes ? undefined : 2 + bytes + data.readUIntBE(2, bytes);
}
