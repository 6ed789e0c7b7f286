internal import ArgumentParser

/// One of several parts of a run, chosen by the inputs' paths alone: every machine that is given
/// the same inputs agrees on who takes which.
struct Shard: ExpressibleByArgument, Equatable {
  /// More would only be taken by mistake.
  static let maxCount = 1_000_000

  /// From 0.
  let index: Int
  let count: Int

  /// `i/n` with i from 0 to n - 1.
  init?(argument: String) {
    let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let index = parts[0], let count = parts[1],
      (1...Self.maxCount).contains(count), (0..<count).contains(index)
    else { return nil }
    self.index = index
    self.count = count
  }

  var text: String { "\(index)/\(count)" }

  /// Whether the path belongs to this part: the 64-bit FNV-1a hash of its bytes, mixed once more
  /// (the finaliser of MurmurHash3), modulo the number of parts.
  func holds(_ path: [UInt8]) -> Bool {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in path { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    hash = (hash ^ hash >> 33) &* 0xff51_afd7_ed55_8ccd
    hash = (hash ^ hash >> 33) &* 0xc4ce_b9fe_1a85_ec53
    return Int((hash ^ hash >> 33) % UInt64(count)) == index
  }
}

extension Shard {
  /// All inputs of which a part takes some, so that parts can be seen to belong together.
  struct Whole {
    let count: Int
    /// SHA-256 (its first half) over the paths in byte order.
    let hash: String

    init(_ paths: [InputPath]) {
      count = paths.count
      var hash = InputHash()
      for path in paths.sorted() { hash.add(path.bytes + [0]) }
      self.hash = hash.value
    }
  }
}
