/** Writes an SPI as results have it: 8 hexadecimal digits. */
export const spiDigits = (spi: number): string => spi.toString(16).padStart(8, '0');

/** Writes an SPI for a reader, as tshark does too: `0x0000abcd`. */
export const spiText = (spi: number): string => `0x${spiDigits(spi)}`;
