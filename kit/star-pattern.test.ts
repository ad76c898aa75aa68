import { fitsStars } from './star-pattern';

it.each([
  ['6/register/aes', '6/register/aes'],
  ['6/register/aes', '*'],
  ['6/register/aes', '6/*'],
  ['6/register/aes', '*/aes'],
  ['6/register/aes', '6/*/aes'],
  ['6/register/aes', '6**s'],
  ['', '*'],
  ['', ''],
  ['aba', 'a*b*a'],
])('%j is as %j', (text, pattern) => {
  expect(fitsStars(text, pattern)).toBe(true);
});

it.each([
  ['6/register/aes', '6'],
  ['6/register/aes', '6/*/null'],
  ['6/register/aes', '*/register'],
  // No character stands for two.
  ['a', 'a*a'],
  ['aba', 'ab*ba'],
  // Nothing but the star is special.
  ['6/register/aes', '6.register.aes'],
  ['a', '?'],
])('%j is not as %j', (text, pattern) => {
  expect(fitsStars(text, pattern)).toBe(false);
});
