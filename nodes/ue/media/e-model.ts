/**
 * The input of the E-model of ITU-T G.107 (2015). Everything that is not measured has its default value: the speech
 * is G.711, there is no echo, and only delay and loss impair it.
 */
export interface Impairments {
  /** Delay from mouth to ear, one way, in milliseconds. */
  readonly delayMs: number;
  /** The rate of random packet loss, in per cent. */
  readonly lossPercent: number;
}

/** The rating R if everything has its default value (G.107 7.7). */
const defaultRating = 93.2;

/**
 * The values of G.113 Appendix I for G.711 without packet loss concealment: Ie is 0 and Bpl is 4.3. With the
 * concealment of G.711 Appendix I, which neither end does here, Bpl would be 25.1.
 */
const equipmentImpairment = 0;
const packetLossRobustness = 4.3;

/** Returns the transmission rating R (G.107 7.1). */
export function ratingOf({ delayMs, lossPercent }: Impairments): number {
  return defaultRating - delayImpairment(delayMs) - lossImpairment(lossPercent);
}

/** Returns Idd, the impairment by too long an absolute delay (G.107 7.4). Without echo it is the whole of Id. */
export function delayImpairment(delayMs: number): number {
  if (delayMs <= 100) return 0;
  const x = Math.log2(delayMs / 100);
  return 25 * ((1 + x ** 6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2);
}

/** Returns Ie,eff for random loss, with BurstR 1 (G.107 7.5). */
function lossImpairment(lossPercent: number): number {
  return (
    equipmentImpairment + (95 - equipmentImpairment) * (lossPercent / (lossPercent + packetLossRobustness))
  );
}

/** Returns the estimated conversational mean opinion score, 1 to 4.5 (G.107 Annex B). */
export function meanOpinionScore(rating: number): number {
  if (rating <= 0) return 1;
  if (rating >= 100) return 4.5;
  return Math.max(1, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6);
}
