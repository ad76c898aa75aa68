export type * from './data';
