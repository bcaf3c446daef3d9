/** A set as Go's JSON has it: each member with an empty object. */
export function goSet(members: readonly string[]): Record<string, object> {
  return Object.fromEntries(members.map((member) => [member, {}]));
}
