// What Grafana knows by name: units, and transformations of rows. Prints both as JSON.
import { DataTransformerID, getValueFormats } from '@grafana/data';

// Names of units are written in the language of the browser.
globalThis.navigator ??= { languages: ['en'] };
const units = getValueFormats().flatMap(({ submenu }) => submenu.map(({ value }) => value));
console.log(JSON.stringify({ units, transformations: Object.values(DataTransformerID) }));
