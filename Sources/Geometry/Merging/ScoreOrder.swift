/// The order in which merging looks at candidates.
enum ScoreOrder {
  private struct Key {
    var score: Double
    var index: Int
  }

  /// The indices of usable candidates, score descending, equal scores by the lower index.
  ///
  /// Left out: boxes that are not finite or have no area, scores that are not finite, scores at or
  /// below `threshold`, and all but the first `limit` of the order.
  @inline(__always)
  static func indices(
    count: Int, box: (Int) -> Box, score: (Int) -> Double, threshold: Double?, limit: Int?
  ) -> [Int] {
    let least = threshold ?? -.infinity
    var keys: [Key] = []
    for index in 0..<count {
      let value = score(index)
      guard value.isFinite, value > least, box(index).isValid else { continue }
      keys.append(Key(score: value, index: index))
    }
    keys.sort { $0.score != $1.score ? $0.score > $1.score : $0.index < $1.index }
    return keys.prefix(max(limit ?? keys.count, 0)).map(\.index)
  }

  /// As above, for the entries of `candidates`.
  ///
  /// - Complexity: O(count): a radix sort of the scores' bits.
  static func indices(_ candidates: Candidates, threshold: Double?, limit: Int?) -> [Int] {
    let least = threshold ?? -.infinity
    var keys: [UInt64] = []
    keys.reserveCapacity(candidates.entries.count)
    for (index, entry) in candidates.entries.enumerated() {
      guard entry.score.isFinite, Double(entry.score) > least,
        candidates.boxes[Int(entry.boxIndex)].isValid
      else { continue }
      // Adding 0 makes -0 into 0. Ascending keys are descending scores.
      let bits = (entry.score + 0).bitPattern
      let descending = bits >> 31 == 0 ? bits ^ 0x7fff_ffff : bits
      keys.append(UInt64(descending) << 32 | UInt64(UInt32(truncatingIfNeeded: index)))
    }
    sortByUpperHalf(&keys)
    return keys.prefix(max(limit ?? keys.count, 0)).map { Int($0 & 0xffff_ffff) }
  }

  /// Sorts by the upper 32 bits; equal ones stay in their order.
  private static func sortByUpperHalf(_ keys: inout [UInt64]) {
    guard keys.count > 256 else { return keys.sort() }
    var other = [UInt64](repeating: 0, count: keys.count)
    var starts = [Int](repeating: 0, count: 2048)
    for shift in [UInt64(32), 43, 54] {
      for place in starts.indices { starts[place] = 0 }
      for key in keys { starts[Int(key >> shift & 2047)] += 1 }
      var sum = 0
      for place in starts.indices {
        let count = starts[place]
        starts[place] = sum
        sum += count
      }
      for key in keys {
        let digit = Int(key >> shift & 2047)
        other[starts[digit]] = key
        starts[digit] += 1
      }
      swap(&keys, &other)
    }
  }
}
