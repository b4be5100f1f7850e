import { forgetSecrets } from '../../packages/core/src/secrets.ts'

forgetSecrets()
