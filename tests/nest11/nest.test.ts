// oxlint-disable import/no-unassigned-import -- importing a test registers it
// The adapter's own tests, on version 11: this project's alias sends their `@nestjs/*` imports here.
import '../../packages/nestjs/test/http.test.ts'
import '../../packages/nestjs/test/start-up.test.ts'
import '../../packages/nestjs/test/swagger.test.ts'
import '../../packages/nestjs/test/transports.test.ts'
import '../../packages/nestjs/test/gateway.test.ts'
import '../../packages/nestjs/test/public-and-guards.test.ts'
import '../../packages/nestjs/test/messages.test.ts'
import '../../packages/nestjs/test/optional.test.ts'
import '../../packages/nestjs/test/other-guards.test.ts'
import '../../packages/nestjs/test/what-the-guard-sees.test.ts'
import '../../packages/nestjs/test/what-the-guard-sees-sockets.test.ts'
import '../../packages/nestjs/test/grpc.test.ts'
