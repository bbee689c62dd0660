export { eventMetrics } from './event-metrics.ts'
export { instrument, type TelemetryOptions } from './instrument.ts'
