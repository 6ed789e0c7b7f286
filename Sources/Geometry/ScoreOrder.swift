/// The order in which suppression looks at candidates.
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
    var keys: [Key] = []
    for index in 0..<count {
      let value = score(index)
      guard value.isFinite, threshold.map({ value > $0 }) ?? true, box(index).isValid else {
        continue
      }
      keys.append(Key(score: value, index: index))
    }
    keys.sort { $0.score != $1.score ? $0.score > $1.score : $0.index < $1.index }
    return keys.prefix(max(limit ?? keys.count, 0)).map(\.index)
  }
}
