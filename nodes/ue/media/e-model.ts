/**
 * The E-model of ITU-T G.107 (2015), with its default values for all that is not measured here: the speech is G.711, there
 * is no echo, and only delay and loss impair it.
 */
export interface Impairments {
  /** Mouth to ear, one way, in milliseconds. */
  readonly delayMs: number;
  /** The rate of random packet loss, in per cent. */
  readonly lossPercent: number;
}

/** G.107 7.7: R with nothing but the defaults. */
const defaultRating = 93.2;

/**
 * G.113 Appendix I for G.711 without packet loss concealment: Ie 0 and Bpl 4.3 (25.1 with the concealment of G.711
 * Appendix I, which nobody does here).
 */
const equipmentImpairment = 0;
const packetLossRobustness = 4.3;

/** The transmission rating R (G.107 7.1). */
export function ratingOf({ delayMs, lossPercent }: Impairments): number {
  return defaultRating - delayImpairment(delayMs) - lossImpairment(lossPercent);
}

/** Idd, what too long an absolute delay does (G.107 7.4); without echo, Id is nothing else. */
export function delayImpairment(delayMs: number): number {
  if (delayMs <= 100) return 0;
  const x = Math.log2(delayMs / 100);
  return 25 * ((1 + x ** 6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2);
}

/** Ie,eff with random loss, BurstR 1 (G.107 7.5). */
function lossImpairment(lossPercent: number): number {
  return (
    equipmentImpairment + (95 - equipmentImpairment) * (lossPercent / (lossPercent + packetLossRobustness))
  );
}

/** The estimated conversational mean opinion score, 1 to 4.5 (G.107 Annex B). */
export function meanOpinionScore(rating: number): number {
  if (rating <= 0) return 1;
  if (rating >= 100) return 4.5;
  return Math.max(1, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6);
}
