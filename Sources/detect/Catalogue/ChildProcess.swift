#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Running another program to its end.
enum ChildProcess {
  enum Outcome: Equatable {
    case exited(Int32)
    case killed(signal: Int32)
    case notFound
  }

  /// Runs a program found on `PATH`. Its standard output goes to standard error: standard output is
  /// for data.
  ///
  /// - Throws: Exit 70 when the system cannot start it.
  static func run(_ program: String, _ arguments: [String]) throws -> Outcome {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, 2, 1)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var defaults = sigset_t()
    sigemptyset(&defaults)
    sigaddset(&defaults, SIGPIPE)
    sigaddset(&defaults, SIGXFSZ)
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))

    var vector: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
    vector.append(nil)
    defer { for pointer in vector { free(pointer) } }

    var child = pid_t()
    let code = posix_spawnp(&child, program, &actions, &attributes, vector, environ)
    if code == ENOENT { return .notFound }
    guard code == 0 else {
      throw CommandFailure(.internal, "cannot start \(program): \(String(cString: strerror(code)))")
    }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 {
      guard errno == EINTR else {
        throw CommandFailure(.internal, "waiting for \(program): \(lastSystemError())")
      }
    }
    let signal = status & 0x7f
    return signal == 0 ? .exited(status >> 8 & 0xff) : .killed(signal: signal)
  }
}
