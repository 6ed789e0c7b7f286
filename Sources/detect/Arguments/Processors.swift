#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// How many processors and how much memory this process may use.
enum Processors {
  /// Those it may run on, and no more than a control group's quota of processor time is worth.
  static var available: Int {
    let online = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    let count = ProcessFile.text("/proc/self/status").flatMap(allowed).map { min(online, $0) }
    return min(count ?? online, ControlGroup.current.processorQuota ?? Int.max)
  }

  /// The number of processors in the mask of `/proc/self/status` (`Cpus_allowed: ff,ffffffff`).
  static func allowed(status: String) -> Int? {
    guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("Cpus_allowed:") })
    else { return nil }
    let count = line.dropFirst("Cpus_allowed:".count).reduce(0) { count, digit in
      count + (digit.hexDigitValue?.nonzeroBitCount ?? 0)
    }
    return count > 0 ? count : nil
  }
}

/// The limits that a Linux control group puts on this process.
struct ControlGroup {
  /// Whole processors that the quota is worth, rounded up.
  var processorQuota: Int?
  /// Bytes.
  var memoryLimit: Int?

  static var current: ControlGroup {
    guard let text = ProcessFile.text("/proc/self/cgroup") else { return ControlGroup() }
    return ControlGroup(membership: text, read: ProcessFile.text)
  }

  /// - Parameters:
  ///   - membership: `/proc/self/cgroup`: lines of `number:controllers:path`; version 2 has the
  ///     number 0 and no controllers.
  ///   - read: Gives the text of a file, `nil` where there is none.
  init(membership: String, read: (String) -> String?) {
    self.init()
    for line in membership.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      let controllers = parts[1].split(separator: ",")
      if parts[0] == "0" && parts[1].isEmpty {
        for folder in Self.folders("/sys/fs/cgroup", parts[2]) {
          let quota = read("\(folder)/cpu.max").map { Self.numbers($0) } ?? []
          limitProcessors(quota.first ?? nil, quota.last ?? nil)
          limitMemory(read("\(folder)/memory.max").flatMap { Self.numbers($0).first ?? nil })
        }
      } else if controllers.contains("cpu") {
        for folder in Self.folders("/sys/fs/cgroup/cpu", parts[2]) {
          limitProcessors(
            read("\(folder)/cpu.cfs_quota_us").flatMap { Self.numbers($0).first ?? nil },
            read("\(folder)/cpu.cfs_period_us").flatMap { Self.numbers($0).first ?? nil })
        }
      } else if controllers.contains("memory") {
        for folder in Self.folders("/sys/fs/cgroup/memory", parts[2]) {
          limitMemory(
            read("\(folder)/memory.limit_in_bytes").flatMap { Self.numbers($0).first ?? nil })
        }
      }
    }
  }

  private init() {}

  private mutating func limitProcessors(_ quota: Int?, _ period: Int?) {
    guard let quota, let period, quota > 0, period > 0 else { return }
    let count = max(1, (quota - 1) / period + 1)
    processorQuota = min(processorQuota ?? count, count)
  }

  private mutating func limitMemory(_ limit: Int?) {
    // Version 1 says "no limit" by a number that no machine has.
    guard let limit, limit > 0, limit < 1 << 60 else { return }
    memoryLimit = min(memoryLimit ?? limit, limit)
  }

  /// The group's folder and those above it, whose limits hold as well.
  private static func folders(_ root: String, _ path: Substring) -> [String] {
    var folders = [root]
    for part in path.split(separator: "/") where part != ".." {
      folders.append(folders[folders.count - 1] + "/" + part)
    }
    return folders
  }

  /// The words of a text as numbers, `nil` for `max`.
  private static func numbers(_ text: String) -> [Int?] {
    text.split { $0 == " " || $0 == "\n" }.map { Int($0) }
  }
}

/// The files that the kernel makes up when they are read.
enum ProcessFile {
  /// The file's text; `nil` where there is none.
  static func text(_ path: String) -> String? {
    let number = open(path, O_RDONLY | O_CLOEXEC)
    guard number >= 0 else { return nil }
    defer { close(number) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(number, &bytes, bytes.count)
    return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
  }
}
