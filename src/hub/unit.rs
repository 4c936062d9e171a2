//! The unit file with which systemd runs the hub: `callboard hub unit`. Pure.

use std::path::Path;

use crate::protocol::Shown;

/// The unit, for a program that lies there.
#[must_use]
pub fn unit(program: &Path) -> String {
    UNIT.replace("PROGRAM", &Shown::whole(&program.display().to_string()).to_string().replace('%', "%%"))
}

const UNIT: &str = "\
# Runs the hub of callboard as a user of its own. Put this at /etc/systemd/system/callboard-hub.service, and then:
#
#   useradd --system --user-group --no-create-home --shell /usr/sbin/nologin callboard
#   install -d -o callboard -m 0755 /etc/callboard
#   install -o callboard -m 0600 config.toml /etc/callboard/config.toml
#   systemctl daemon-reload
#   systemctl enable --now callboard-hub
#
# In the configuration: [hub] with `listen`, a [[hub.person]] for everybody who may attach, and for those on this machine
# `socket_group = \"callboard\"`, a group that they are in. They attach with  callboard attach /run/callboard/hub.sock

[Unit]
Description=callboard hub: watch and steer the calls of Relay applications
Documentation=man:callboard(1)
Wants=network-online.target
After=network-online.target nss-user-lookup.target
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=PROGRAM hub --config /etc/callboard/config.toml --socket /run/callboard/hub.sock
# Applications reconnect by themselves: the sooner it is back, the better.
Restart=always
RestartSec=1
TimeoutStopSec=10

# Who it is, and the folders that are its own.
User=callboard
Group=callboard
RuntimeDirectory=callboard
RuntimeDirectoryMode=0755
StateDirectory=callboard
StateDirectoryMode=0700
Environment=XDG_RUNTIME_DIR=/run XDG_STATE_HOME=/var/lib XDG_CONFIG_HOME=/etc XDG_DATA_HOME=/var/lib
UMask=0077
LimitCORE=0
LimitNOFILE=65536

# What it cannot do.
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
PrivateMounts=yes
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
ProtectProc=invisible
RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
";

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn the_program_is_where_it_lies() {
        let text = unit(Path::new("/opt/50%/callboard"));
        assert!(text.contains("\nExecStart=/opt/50%%/callboard hub --config "), "{text}");
        assert!(!text.contains("PROGRAM"));
    }

    #[test]
    fn systemd_takes_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("callboard-hub.service");
        // Users and folders are made when it is installed.
        let text = unit(Path::new("/bin/true")).replace("=callboard\n", "=root\n");
        std::fs::write(&file, text).unwrap();
        let verify = Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&file).output();
        // Where there is no systemd, nobody can say.
        let Ok(output) = verify else { return };
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let about: Vec<_> = said.lines().filter(|line| line.contains("callboard-hub.service")).collect();
        assert!(about.is_empty(), "{said}");
    }
}
