export { type App, type AppOptions, type IndexEvent, type IndexReport, openApp, type StatusReport } from "./app.ts";
export { type ConfigSources, loadConfig } from "./config.ts";
export { type ErrorCode, messageOf, UserError, type UserErrorOptions } from "./errors.ts";
export type { CodeHit, CodeQuery, IndexState, SearchAnswer } from "./search/answer.ts";
export type { Config } from "./settings.ts";
