import { X509Certificate } from 'node:crypto'

/** When a certificate is valid, in milliseconds since 1970. */
export interface Validity {
  readonly begins: number
  readonly ends: number
}

/** @param bytes PEM or DER; undefined for what is no certificate */
export function validityOf(bytes: Buffer | undefined): Validity | undefined {
  if (bytes === undefined) return undefined
  try {
    const { validFrom, validTo } = new X509Certificate(bytes)
    return { begins: Date.parse(validFrom), ends: Date.parse(validTo) }
  } catch {
    return undefined
  }
}

export const DAY = 86_400_000 // milliseconds

/** Days before its end from which on a certificate is a finding, and an installation renews it. */
export const SOON = 60

/** `2027-11-28` */
export function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}
