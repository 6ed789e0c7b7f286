/// Where the elements of heads lie: `[N, heads, length, size]`, or `[N, length, heads * size]` with
/// the heads of one position beside each other.
struct HeadLayout {
  let batch: Int
  let heads: Int
  let length: Int
  let size: Int
  private let isPacked: Bool

  /// - Parameter heads: Needed for three axes; for four it is checked where given.
  init(_ shape: [Int], heads: Int?, _ label: String) throws {
    switch shape.count {
    case 4:
      guard heads == nil || heads == shape[1] else {
        throw OperatorError.invalidInput("\(label) of shape \(shape), needs \(heads!) heads")
      }
      (batch, self.heads, length, size) = (shape[0], shape[1], shape[2], shape[3])
      isPacked = false
    case 3:
      guard let heads, heads > 0, shape[2] % heads == 0 else {
        throw OperatorError.invalidInput(
          "\(label) of shape \(shape) does not divide into \(heads ?? 0) heads")
      }
      (batch, self.heads, length, size) = (shape[0], heads, shape[1], shape[2] / heads)
      isPacked = true
    default:
      throw OperatorError.invalidInput("\(label) of shape \(shape), needs 3 or 4 axes")
    }
  }

  /// The first of the `size` elements of one position.
  func start(_ image: Int, _ head: Int, _ position: Int) -> Int {
    isPacked
      ? ((image * length + position) * heads + head) * size
      : ((image * heads + head) * length + position) * size
  }

  /// The shape of a tensor of this layout with other sizes.
  func shape(heads: Int, length: Int, size: Int) -> [Int] {
    isPacked ? [batch, length, heads * size] : [batch, heads, length, size]
  }
}
