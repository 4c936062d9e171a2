//! Keeps the memory of the process, which holds secrets, out of core files and away from other processes.

/// Forbids core files, and on Linux attaching by other processes of the same user. What the system does not support
/// is left as it is: the program works without.
pub fn harden() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}
