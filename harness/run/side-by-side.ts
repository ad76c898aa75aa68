/**
 * Arranges things in groups that are worked on side by side.
 * @param size most things of a group
 * @param isAlone says of which things a group may have only one, because they would disturb each other
 */
export function sideBySide<T>(things: readonly T[], size: number, isAlone: (thing: T) => boolean): T[][] {
  const groups: T[][] = [];
  for (const thing of things) {
    const group = groups.find((one) => one.length < size && !(isAlone(thing) && one.some(isAlone)));
    if (group) group.push(thing);
    else groups.push([thing]);
  }
  return groups;
}
