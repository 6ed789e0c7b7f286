/// An operator whose output element reads the input elements at its own place, where inputs of
/// smaller shape broadcast.
protocol PointwiseRule: FieldRule {}

extension PointwiseRule {
  func fields(_ context: FieldContext) -> [LocalField]? {
    context.pointwiseUnion(context.fields.indices).map { [$0] }
  }
}

extension FieldContext {
  /// The union of some inputs broadcast to the first output's shape; `nil` where positions of one
  /// input repeat along a spatial axis, or roles differ.
  func pointwiseUnion(_ indices: Swift.Range<Int>) -> LocalField? {
    let target = outputs[0].shape
    var result: LocalField?
    for index in indices {
      guard let field = fields[index] else { continue }
      let missing = target.count - shape(index).count
      guard missing >= 0 else { return nil }
      for (axis, size) in shape(index).enumerated()
      where field.roles[axis] != .other && size != target[axis + missing] { return nil }
      let aligned = field.with(roles: .init(repeating: .other, count: missing) + field.roles)
      guard let previous = result else {
        result = aligned
        continue
      }
      guard let union = previous.union(aligned, shape: target) else { return nil }
      result = union
    }
    return result
  }
}

extension Activation: PointwiseRule {}
extension BatchNormalization: PointwiseRule {}
extension Cast: PointwiseRule {}
extension Clip: PointwiseRule {}
extension ElementwiseBinary: PointwiseRule {}
extension ElementwiseUnary: PointwiseRule {}
extension Expand: PointwiseRule {}
extension Identity: PointwiseRule {}
extension PRelu: PointwiseRule {}
extension Trilu: PointwiseRule {}
extension Where: PointwiseRule {}

extension LocalResponseNormalization: FieldRule {
  // Sums over neighbouring channels.
  func fields(_ context: FieldContext) -> [LocalField]? {
    context.mixing(axes: [1]).map { [$0] }
  }
}
