/// How a scattered element joins the element it lands on.
package enum ScatterReduction: Hashable, Sendable {
  /// The update replaces; of several, the last in row-major order of the indices stays.
  case none
  case add, multiply, maximum, minimum

  /// Data with updates joined in, one after another.
  ///
  /// - Parameters:
  ///   - starts: Per run of updates, the number of the first element of data that it lands on.
  ///   - runCount: Updates per run.
  func scatter(
    _ updates: Tensor, into data: Tensor, starts: [Int], runCount: Int
  ) throws -> Tensor {
    if self == .none {
      switch data.elementType.byteCount {
      case 1: return try join(updates, data, starts, runCount) { (_: UInt8, new: UInt8) in new }
      case 2: return try join(updates, data, starts, runCount) { (_: UInt16, new: UInt16) in new }
      case 4: return try join(updates, data, starts, runCount) { (_: UInt32, new: UInt32) in new }
      default: return try join(updates, data, starts, runCount) { (_: UInt64, new: UInt64) in new }
      }
    }
    return try reduce(try data.elementType.arithmetic(), updates, data, starts, runCount)
  }

  private func reduce<T: ArithmeticElement>(
    _: T.Type, _ updates: Tensor, _ data: Tensor, _ starts: [Int], _ runCount: Int
  ) throws -> Tensor {
    switch self {
    case .none: try join(updates, data, starts, runCount) { (_: T, new: T) in new }
    case .add: try join(updates, data, starts, runCount) { (old: T, new: T) in old.adding(new) }
    case .multiply:
      try join(updates, data, starts, runCount) { (old: T, new: T) in old.multiplied(by: new) }
    case .maximum:
      try join(updates, data, starts, runCount) { (old: T, new: T) in old.maximum(new) }
    case .minimum:
      try join(updates, data, starts, runCount) { (old: T, new: T) in old.minimum(new) }
    }
  }

  private func join<T>(
    _ updates: Tensor, _ data: Tensor, _ starts: [Int], _ runCount: Int, _ f: (T, T) -> T
  ) throws -> Tensor {
    var result = data
    try result.withUnsafeMutableBytes { bytes in
      let output = bytes.bindMemory(to: T.self)
      updates.withElements(T.self) { updates in
        for (run, start) in starts.enumerated() {
          for i in 0..<runCount {
            output[start + i] = f(output[start + i], updates[run * runCount + i])
          }
        }
      }
    }
    return result
  }
}
