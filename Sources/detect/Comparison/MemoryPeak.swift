/// The resident memory of this process, as Linux counts it; `nil` on other systems.
enum MemoryPeak {
  /// Now, in bytes.
  static var resident: Int? { field("VmRSS") }

  /// The most since `reset`, in bytes.
  static var peak: Int? { field("VmHWM") }

  /// Lets the peak begin anew.
  static func reset() {
    guard let file = try? OutputFile(InputPath("/proc/self/clear_refs")) else { return }
    try? file.write(Array("5".utf8))
  }

  private static func field(_ name: String) -> Int? {
    let lines = ProcessFile.text("/proc/self/status")?.split(separator: "\n")
    guard let line = lines?.first(where: { $0.hasPrefix(name + ":") }) else { return nil }
    // VmRSS:     1234 kB
    return line.split { $0 == " " || $0 == "\t" }.dropFirst().first.flatMap { Int($0) }
      .map { $0 * 1024 }
  }
}
