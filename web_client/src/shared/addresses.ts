/** Addresses that the browser itself goes to (pictures, downloads, pages to print): of the generated paths only. */
import type { paths } from '@/generated/schema'

type GetPath = { [P in keyof paths]: paths[P] extends { get: unknown } ? P : never }[keyof paths]
type NamesIn<P extends string> = P extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never

/** The address with its parts filled in. */
export function addressOf<P extends GetPath>(path: P, parts: Readonly<Record<NamesIn<P>, string>>): string {
  return Object.entries<string>(parts).reduce<string>(
    (address, [name, value]) => address.replace(`{${name}}`, encodeURIComponent(value)),
    path,
  )
}
