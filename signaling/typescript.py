"""The socket's events as TypeScript interfaces, made from the event tables. Pure."""

from signaling.events import NAMESPACES, Namespace

HEAD = """\
// Made from signaling/events.py by `shuitong generate-types`. Do not edit.
import type { components } from './schema'

type S = components['schemas']

export type Ack<R> = { ok: true; at_ms: number; result: R } | { ok: false; at_ms: number; problem:
S['Problem'] }
"""


def _prefix(namespace: Namespace) -> str:
    return namespace.name.removeprefix("/").capitalize()


def _interfaces(namespace: Namespace) -> list[str]:
    prefix = _prefix(namespace)
    return [
        f"export const {prefix.upper()}_NAMESPACE = '{namespace.name}'",
        "",
        f"export interface {prefix}Commands {{",
        *(
            f"  '{command.name}': (payload: S['{command.payload.__name__}'], "
            f"ack: (answer: Ack<S['{command.result.__name__}']>) => void) => void"
            for command in namespace.commands
        ),
        "}",
        "",
        f"export interface {prefix}Pushes {{",
        *(f"  '{push.name}': (payload: S['{push.payload.__name__}']) => void" for push in namespace.pushes),
        "}",
        "",
    ]


def typescript() -> str:
    """The whole of ``web_client/src/generated/events.ts``."""
    lines = [HEAD, *(line for namespace in NAMESPACES for line in _interfaces(namespace))]
    return "\n".join(lines).rstrip() + "\n"


def socket_outputs() -> list[type]:
    """Types that the socket sends, for the shared schema document."""
    commands = [command.result for namespace in NAMESPACES for command in namespace.commands]
    return commands + [push.payload for namespace in NAMESPACES for push in namespace.pushes]


def socket_inputs() -> list[type]:
    """Types that the socket takes, for the shared schema document."""
    return [command.payload for namespace in NAMESPACES for command in namespace.commands]
