export type * from './data';
export { renderPage, type PageOptions } from './document/render-page';
