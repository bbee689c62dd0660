import { UserManager } from 'oidc-client-ts'

void new UserManager({ authority: 'unused', client_id: 'unused', redirect_uri: 'unused' }).signinCallback()
