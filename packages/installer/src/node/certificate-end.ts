import { X509Certificate } from 'node:crypto'

/** When a certificate is valid, in milliseconds since 1970. */
export interface Validity {
  readonly begins: number
  readonly ends: number
}

/** @param bytes PEM or DER; undefined for what is no certificate */
export function validityOf(bytes: Buffer | undefined): Validity | undefined {
  const certificate = bytes && parseCertificate(bytes)
  if (certificate === undefined) return undefined
  return { begins: Date.parse(certificate.validFrom), ends: Date.parse(certificate.validTo) }
}

/** @param bytes PEM or DER; undefined for what is no certificate */
export function parseCertificate(bytes: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(bytes)
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

/** Kubernetes and certificates say times in whole seconds; both in milliseconds since 1970. */
export function wholeSecond(time: number): number {
  return Math.floor(time / 1000) * 1000
}
