#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Memory of this process that is in the machine, in bytes.
struct ResidentMemory {
  var now = 0
  var peak = 0

  /// Zero where the system does not say.
  static var current: ResidentMemory {
    var memory = ResidentMemory()
    for line in (ProcessFile.text("/proc/self/status") ?? "").split(separator: "\n") {
      let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
      guard words.count >= 2, let kibibytes = Int(words[1]) else { continue }
      if words[0] == "VmRSS:" { memory.now = kibibytes << 10 }
      if words[0] == "VmHWM:" { memory.peak = kibibytes << 10 }
    }
    return memory
  }

  /// The most memory that was in use while `body` ran, as far as looking every few hundred
  /// microseconds shows it; the process's own peak may lie before.
  static func peak(during body: () -> Void) throws -> Int {
    let watch = Monitor((isOver: false, peak: 0))
    let thread = try WorkerThread {
      while true {
        let now = current.now
        let isOver = watch.access { state in
          state.peak = max(state.peak, now)
          return state.isOver
        }
        if isOver { return }
        usleep(200)
      }
    }
    body()
    watch.access { $0.isOver = true }
    thread.join()
    return watch.access { $0.peak }
  }
}
