import { describe, expect, it } from 'vitest'
import { formatPlatform, matchesPlatform, parsePlatform } from './platform.ts'

describe('platforms', () => {
  it.each([
    ['linux/amd64', 'linux/amd64'],
    ['linux/x86_64', 'linux/amd64'],
    ['linux/amd64/v1', 'linux/amd64'],
    ['linux/amd64/v3', 'linux/amd64/v3'],
    ['Linux/AArch64', 'linux/arm64'],
    ['linux/arm64/v8', 'linux/arm64'],
    ['linux/arm64/8', 'linux/arm64'],
    ['linux/arm64/v9', 'linux/arm64/v9'],
    ['linux/arm', 'linux/arm/v7'],
    ['linux/arm/6', 'linux/arm/v6'],
    ['linux/armhf', 'linux/arm/v7'],
    ['linux/armel', 'linux/arm/v6'],
    ['linux/i386', 'linux/386'],
    ['macos/arm64', 'darwin/arm64'],
    ['linux/riscv64', 'linux/riscv64'],
  ])('normalises %s to %s', (text, full) => {
    expect(formatPlatform(parsePlatform(text))).toBe(full)
  })

  it.each(['', 'linux', 'linux/', '/amd64', 'linux/arm64/v8/x', 'linux/a md', 'linux//v8'])(
    'refuses %j',
    (text) => {
      expect(() => parsePlatform(text)).toThrow('PLATFORM_INVALID')
    },
  )

  it('matches by meaning', () => {
    const arm64 = parsePlatform('linux/arm64')
    expect(matchesPlatform(arm64, { os: 'linux', architecture: 'arm64', variant: 'v8' })).toBe(true)
    expect(matchesPlatform(arm64, { os: 'linux', architecture: 'arm', variant: 'v8' })).toBe(false)
    expect(matchesPlatform(arm64, { os: 'windows', architecture: 'arm64' })).toBe(false)
    expect(matchesPlatform(parsePlatform('linux/arm/v6'), { os: 'linux', architecture: 'arm' })).toBe(false)
  })
})
