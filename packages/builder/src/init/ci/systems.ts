/** CI systems for which a file can be written. In a file of its own: every start of the program reads it, for the help. */
export const CI_SYSTEMS = ['gitlab', 'github', 'jenkins'] as const
export type CiSystem = (typeof CI_SYSTEMS)[number]
