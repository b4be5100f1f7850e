/** The version of edgelift: the builder and the installer that it packs are always of one version. */
export const EDGELIFT_VERSION = '0.1.0'
