/** What a registry is shown. */
export type Login =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** An OAuth2 refresh token, which `docker login` stores for some registries. */
  | { readonly kind: 'identity'; readonly token: string }
  /** A bearer token, sent as it is. */
  | { readonly kind: 'bearer'; readonly token: string }

/** Finds what to show to a registry (`docker.io`, `host:port`); undefined is anonymous. */
export type Credentials = (registry: string) => Promise<Login | undefined>
