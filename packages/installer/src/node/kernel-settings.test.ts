import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Trial, trial } from '../testing/trial.ts'
import { kernelSettings, restoreKernelSettings } from './kernel-settings.ts'

const FORWARD = '/proc/sys/net/ipv4/ip_forward'
const PANIC = '/proc/sys/kernel/panic'

let on: Trial
beforeEach(async () => {
  on = await trial()
  await on.put(FORWARD, '0\n')
  await on.put(PANIC, '10\n')
})
afterEach(() => on[Symbol.asyncDispose]())

it('reads what this kernel has, by the names of sysctl', async () => {
  expect(await kernelSettings(on.host)).toEqual({ 'net.ipv4.ip_forward': '0', 'kernel.panic': '10' })
})

it('writes what differs from before, and leaves alone what does not', async () => {
  const before = await kernelSettings(on.host)
  await on.put(FORWARD, '1\n')
  await restoreKernelSettings(on.host, before)
  expect(await on.text(FORWARD)).toBe('0')
  expect(await on.text(PANIC)).toBe('10\n')
})

it('passes over a setting whose module is gone', async () => {
  const gone = { 'net.bridge.bridge-nf-call-iptables': '0' }
  await on.put(FORWARD, '1\n')
  await restoreKernelSettings(on.host, { ...gone, 'net.ipv4.ip_forward': '0' })
  expect(await on.text(FORWARD)).toBe('0')
})
