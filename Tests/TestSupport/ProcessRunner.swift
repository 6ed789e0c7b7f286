import FoundationEssentials

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Runs a program and collects what it writes, with a time limit.
package struct ProcessRunner: Sendable {
  package struct Result: Sendable {
    package var standardOutput: [UInt8]
    package var standardError: [UInt8]
    /// As a shell gives it: 128 plus the signal's number for a killed process.
    package var exitCode: Int32

    package var output: String { String(decoding: standardOutput, as: UTF8.self) }
    package var errors: String { String(decoding: standardError, as: UTF8.self) }
  }

  package enum Failure: Error {
    case cannotStart(String)
    case timedOut(seconds: Double)
    case programMissing(String)
  }

  package var program: String
  package var secondsAllowed: Double = 120
  /// Replaces the whole environment when set.
  package var environment: [String: String]?

  package init(program: String) { self.program = program }

  /// The program under test, built beside the test bundle.
  package static func detect() throws -> ProcessRunner {
    var folder = CommandLine.arguments[0]
    let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? folder
    folder = bundle
    while let index = folder.lastIndex(of: "/") {
      folder = String(folder[..<index])
      let candidate = folder + "/detect"
      var status = stat()
      if stat(candidate, &status) == 0 && status.st_mode & S_IFMT == S_IFREG {
        return ProcessRunner(program: candidate)
      }
    }
    throw Failure.programMissing("no program `detect` beside \(bundle)")
  }

  /// Runs the program to its end.
  ///
  /// Both pipes are drained while it runs, so it cannot block on either.
  ///
  /// - Parameters:
  ///   - input: Bytes of standard input.
  ///   - outputPath: Where standard output goes instead of a pipe; an empty string closes it.
  package func run(
    _ arguments: [String], input: [UInt8] = [], outputPath: String? = nil
  ) throws -> Result {
    let inputFile = try TemporaryFolder()
    let inputPath = inputFile.path + "/stdin"
    try Data(input).write(to: URL(filePath: inputPath))
    // One child at a time between making pipes and closing their writing ends: a child that
    // inherited another's would keep it open.
    pthread_mutex_lock(startLock)
    var isStarting = true
    defer { if isStarting { pthread_mutex_unlock(startLock) } }
    let outputPipe = try makePipe()
    let errorPipe = try makePipe()
    defer {
      close(outputPipe[0])
      close(errorPipe[0])
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, inputPath, O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, errorPipe[1], 2)
    switch outputPath {
    case nil: posix_spawn_file_actions_adddup2(&actions, outputPipe[1], 1)
    case "": posix_spawn_file_actions_addclose(&actions, 1)
    case let path?: posix_spawn_file_actions_addopen(&actions, 1, path, O_WRONLY | O_CREAT, 0o666)
    }
    let child: pid_t
    do {
      defer {
        close(outputPipe[1])
        close(errorPipe[1])
      }
      child = try spawn(arguments, actions: &actions)
    }
    pthread_mutex_unlock(startLock)
    isStarting = false
    let (output, errors, inTime) = drain(outputPipe[0], errorPipe[0])
    if !inTime { kill(child, SIGKILL) }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 && errno == EINTR {}
    guard inTime else { throw Failure.timedOut(seconds: secondsAllowed) }
    let signal = status & 0x7f
    return Result(
      standardOutput: output, standardError: errors,
      exitCode: signal == 0 ? status >> 8 & 0xff : 128 + signal)
  }

  private func makePipe() throws -> [Int32] {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw Failure.cannotStart("pipe") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return ends
  }

  private func spawn(
    _ arguments: [String], actions: inout posix_spawn_file_actions_t
  ) throws -> pid_t {
    var vector: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
    vector.append(nil)
    var variables: [UnsafeMutablePointer<CChar>?] =
      (environment ?? [:]).map { strdup("\($0.key)=\($0.value)") }
    variables.append(nil)
    defer { for pointer in vector + variables { free(pointer) } }
    var child = pid_t()
    let code =
      environment == nil
      ? posix_spawn(&child, program, &actions, nil, vector, environ)
      : posix_spawn(&child, program, &actions, nil, vector, variables)
    guard code == 0 else {
      throw Failure.cannotStart("\(program): \(String(cString: strerror(code)))")
    }
    return child
  }

  private func drain(
    _ output: Int32, _ errors: Int32
  ) -> (output: [UInt8], errors: [UInt8], inTime: Bool) {
    var collected: [[UInt8]] = [[], []]
    var descriptors = [output, errors].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    let clock = ContinuousClock()
    let deadline = clock.now + .seconds(secondsAllowed)
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while descriptors.contains(where: { $0.fd >= 0 }) {
      let left = Int32((deadline - clock.now) / .milliseconds(1))
      guard left > 0 else { return (collected[0], collected[1], false) }
      guard poll(&descriptors, nfds_t(descriptors.count), left) > 0 else { continue }
      for index in descriptors.indices where descriptors[index].revents != 0 {
        let count = read(descriptors[index].fd, &chunk, chunk.count)
        if count > 0 {
          collected[index] += chunk[..<count]
        } else if count == 0 || errno != EINTR {
          descriptors[index].fd = -1
        }
      }
    }
    return (collected[0], collected[1], true)
  }
}

nonisolated(unsafe) private let startLock: UnsafeMutablePointer<pthread_mutex_t> = {
  let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  pthread_mutex_init(lock, nil)
  return lock
}()
