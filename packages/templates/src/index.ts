export type { AccessInput } from './input-access.ts';
export type { LogTarget, RenderedFile, TemplateInput } from './input.ts';
export { HttpdTooOldError, ModuleMissingError, MpmMissingError, UnusableValueError } from './errors.ts';
export {
  allFeatures,
  baseModules,
  featuresOf,
  minimumVersion,
  requiredModules,
  type Feature,
} from './requirements.ts';
export { computeMaxClients, computeThreadedMaxClients, threadedLimits } from './mpm.ts';
export { render, renderedNames } from './render.ts';
