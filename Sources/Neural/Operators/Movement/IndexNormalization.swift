/// Indices into an axis as ONNX gives them: negative ones count from the end.
enum IndexNormalization {
  /// All indices of a tensor, each brought to `0..<size`.
  ///
  /// - Throws: `OperatorError.invalidInput` for an index outside `-size..<size`.
  static func resolve(_ indices: Tensor, size: Int) throws -> [Int] {
    try indices.integers().map { try resolve($0, size: size) }
  }

  /// One index brought to `0..<size`.
  static func resolve(_ index: Int, size: Int) throws -> Int {
    guard index >= -size, index < size else {
      throw OperatorError.invalidInput("index \(index) is outside an axis of \(size)")
    }
    return index < 0 ? index + size : index
  }
}
