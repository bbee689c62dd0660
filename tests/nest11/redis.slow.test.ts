// oxlint-disable import/no-unassigned-import -- importing a test registers it
import '../../packages/nestjs/test/redis.slow.test.ts'
