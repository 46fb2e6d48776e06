/**
 * The zones that a network is made in: the first by name, so that the same ones are chosen in every run.
 *
 * @param names names of the zones that the account has and EKS takes
 * @returns undefined if there are too few
 */
export function chooseZones(names: readonly string[], count: number): readonly string[] | undefined {
  return names.length < count ? undefined : names.toSorted().slice(0, count);
}
