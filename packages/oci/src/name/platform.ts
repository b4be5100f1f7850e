import { fail } from '../codes.ts'

/** What a program is built for, in Go's words: `linux/amd64`, `linux/arm64`, `linux/arm/v7`. */
export interface Platform {
  readonly os: string
  readonly architecture: string
  readonly variant?: string
}

const PART = /^[A-Za-z0-9_.-]+$/

/**
 * Reads `os/architecture[/variant]` and normalises it (github.com/containerd/platforms, database.go):
 * `linux/arm64/v8` is `linux/arm64`, `linux/x86_64` is `linux/amd64`, `linux/arm` is `linux/arm/v7`.
 * @throws PLATFORM_INVALID
 */
export function parsePlatform(text: string): Platform {
  const [os, architecture, variant, ...more] = text.split('/')
  const parts = text.split('/')
  if (
    os === undefined ||
    architecture === undefined ||
    more.length > 0 ||
    !parts.every((p) => PART.test(p))
  ) {
    throw fail('PLATFORM_INVALID', {
      what: { en: `"${text}" is not a platform`, zh: `"${text}" 不是平台` },
      fix: {
        en: 'write it as os/architecture[/variant], for instance linux/arm64',
        zh: '请写成 操作系统/架构[/变体]，例如 linux/arm64',
      },
    })
  }
  return normalise({ os, architecture, ...(variant === undefined ? {} : { variant }) })
}

/** `linux/arm64`, `linux/arm/v7` */
export function formatPlatform(platform: Platform): string {
  const { os, architecture, variant } = normalise(platform)
  return variant === undefined ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`
}

/**
 * Whether both name the same platform once normalised: `arm64` and `arm64/v8` do, `arm/v6` and `arm/v7` do not. As for
 * containerd, `amd64/v2` is not `amd64`: what is built for it need not run on every amd64 node.
 */
export function matchesPlatform(wanted: Platform, offered: Platform): boolean {
  return formatPlatform(wanted) === formatPlatform(offered)
}

function normalise(platform: Platform): Platform {
  const os = platform.os.toLowerCase()
  const { architecture, variant } = normaliseArchitecture(
    platform.architecture.toLowerCase(),
    platform.variant?.toLowerCase() ?? '',
  )
  return {
    os: os === 'macos' ? 'darwin' : os,
    architecture,
    ...(variant === '' ? {} : { variant }),
  }
}

function normaliseArchitecture(
  architecture: string,
  variant: string,
): { architecture: string; variant: string } {
  switch (architecture) {
    case 'i386':
      return { architecture: '386', variant: '' }
    case 'amd64':
    case 'x86_64':
    case 'x86-64':
      return { architecture: 'amd64', variant: variant === 'v1' ? '' : variant }
    case 'arm64':
    case 'aarch64':
      return { architecture: 'arm64', variant: ['8', 'v8', 'v8.0'].includes(variant) ? '' : variant }
    case 'armhf':
      return { architecture: 'arm', variant: 'v7' }
    case 'armel':
      return { architecture: 'arm', variant: 'v6' }
    case 'arm':
      return { architecture, variant: variant === '' ? 'v7' : variant.replace(/^(?=\d)/, 'v') }
    default:
      return { architecture, variant }
  }
}
