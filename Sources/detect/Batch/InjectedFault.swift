#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A fault that tests put into the work on one input: `DETECT_FAULT=NAME` makes it fail for files of
/// that name in a way that no code expects. It can only turn a record into that of a failure, and a run
/// says that it is set.
struct InjectedFault: Sendable {
  static let variable = "DETECT_FAULT"

  private let name: [UInt8]

  private struct Struck: Error, CustomStringConvertible {
    var description: String { "a fault was injected" }
  }

  static func fromEnvironment() -> InjectedFault? {
    getenv(variable).map {
      InjectedFault(name: Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))))
    }
  }

  func strike(_ path: InputPath) throws {
    if path.lastComponent == name { throw Struck() }
  }
}
