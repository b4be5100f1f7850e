import type { RegistryClient } from '../registry/client.ts'
import { openRegistry, type RegistryOptions } from '../registry/registry-client.ts'
import { QUICK } from './test-settings.ts'

/** A client that may speak plain HTTP to any port of loopback and loses no time. */
export function openTestRegistry(options: RegistryOptions = {}): RegistryClient {
  return openRegistry({ plainHttp: ['127.0.0.1'], timeouts: QUICK, ...options })
}
