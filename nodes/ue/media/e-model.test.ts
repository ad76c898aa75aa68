import { delayImpairment, meanOpinionScore, ratingOf } from './e-model';

describe('the E-model', () => {
  // G.109 table 1 and G.107 table B.1, which rounds to two decimals (4.03 for what the equation makes 4.024).
  it.each([
    [90, 4.34],
    [80, 4.03],
    [70, 3.6],
    [60, 3.1],
    [50, 2.58],
  ])('gives rating %i the published score %d', (rating, score) => {
    expect(Math.abs(meanOpinionScore(rating) - score)).toBeLessThan(0.01);
  });

  it('gives a connection without impairment G.107 default, R 93.2 and MOS 4.41', () => {
    const rating = ratingOf({ delayMs: 0, lossPercent: 0 });
    expect(rating).toBe(93.2);
    expect(meanOpinionScore(rating)).toBeCloseTo(4.41, 2);
  });

  it('stays on the scale of 1 to 4.5', () => {
    expect(meanOpinionScore(-5)).toBe(1);
    // Between 0 and about 6.5 the cubic dips under 1.
    expect(meanOpinionScore(3)).toBe(1);
    expect(meanOpinionScore(120)).toBe(4.5);
  });

  it('counts delay from 100 ms on (G.107 7.4)', () => {
    expect(delayImpairment(100)).toBe(0);
    // X = 1: 25 (2^(1/6) - 3 (1 + 1/729)^(1/6) + 2) = 25 (1.12246 - 3.00069 + 2).
    expect(delayImpairment(200)).toBeCloseTo(3.044, 2);
    // X = 2: 25 (65^(1/6) - 3 (1 + 64/729)^(1/6) + 2) = 25 (2.00521 - 3.04236 + 2).
    expect(delayImpairment(400)).toBeCloseTo(24.07, 1);
  });

  it('loses half of 95 with as much loss as the codec is robust against', () => {
    // Ppl / (Ppl + Bpl) = 1/2.
    expect(ratingOf({ delayMs: 0, lossPercent: 4.3 })).toBeCloseTo(93.2 - 47.5, 9);
  });
});
