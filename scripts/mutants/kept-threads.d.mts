import type { PoolRunnerInitializer } from 'vitest/node'

export declare const keptThreads: PoolRunnerInitializer
