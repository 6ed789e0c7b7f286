extension FieldContext {
  /// The field of input 0 when the operator joins elements along `axes` only and none of them is
  /// spatial; else `nil`.
  func mixing(axes: some Sequence<Int>) -> LocalField? {
    guard let field = only(0) else { return nil }
    let shape = shape(0)
    for axis in axes where field.roles[axis] != .other && shape[axis] > 1 { return nil }
    return field
  }

  /// As `mixing(axes:)`, with those axes gone or of size 1 in the output.
  func reducing(axes: [Int], keepsAxes: Bool) -> LocalField? {
    guard let field = mixing(axes: axes) else { return nil }
    guard !keepsAxes else { return field }
    return field.with(
      roles: field.roles.indices.filter { !axes.contains($0) }.map { field.roles[$0] })
  }
}

extension Reduction: FieldRule {
  func fields(_ context: FieldContext) throws -> [LocalField]? {
    let axes = try resolvedAxes(try context.integers(1), rank: context.shape(0).count)
    return context.reducing(axes: axes, keepsAxes: keepDimensions).map { [$0] }
  }
}

extension ArgExtremum: FieldRule {
  func fields(_ context: FieldContext) throws -> [LocalField]? {
    let axis = try Axes.resolve(axis, rank: context.shape(0).count)
    return context.reducing(axes: [axis], keepsAxes: keepDimensions).map { [$0] }
  }
}

extension Softmax: FieldRule {
  func fields(_ context: FieldContext) throws -> [LocalField]? {
    let axis = try Axes.resolve(axis, rank: context.shape(0).count)
    return context.mixing(axes: [axis]).map { [$0] }
  }
}

extension LpNormalization: FieldRule {
  func fields(_ context: FieldContext) throws -> [LocalField]? {
    let axis = try Axes.resolve(axis, rank: context.shape(0).count)
    return context.mixing(axes: [axis]).map { [$0] }
  }
}

extension LayerNormalization: FieldRule {
  func fields(_ context: FieldContext) throws -> [LocalField]? {
    let rank = context.shape(0).count
    return context.mixing(axes: try Axes.resolve(axis, rank: rank)..<rank).map { [$0] }
  }
}

extension TopK: FieldRule {
  func fields(_ context: FieldContext) throws -> [LocalField]? {
    let axis = try Axes.resolve(axis, rank: context.shape(0).count)
    return context.mixing(axes: [axis]).map { [$0, $0] }
  }
}

extension MatMul: FieldRule {
  // Products of two values that both see the input (attention) join any place with any other.
  func fields(_ context: FieldContext) -> [LocalField]? {
    let isLeft = context.fields[0] != nil
    guard let field = context.only(isLeft ? 0 : 1) else { return nil }
    let otherIsVector = context.shape(isLeft ? 1 : 0).count == 1
    var roles = field.roles
    var sizes = context.shape(isLeft ? 0 : 1)
    // The summed axis goes, the other factor's kept axis comes.
    let summed = isLeft || roles.count == 1 ? roles.count - 1 : roles.count - 2
    guard roles.remove(at: summed) == .other else { return nil }
    sizes.remove(at: summed)
    let output = context.outputs[0].shape
    if !otherIsVector {
      let place = isLeft ? roles.count : max(roles.count - 1, 0)
      roles.insert(.other, at: place)
      sizes.insert(1, at: place)
    }
    guard output.count >= roles.count else { return nil }
    let missing = output.count - roles.count
    // Positions that repeat over the other factor's batch are no map.
    for axis in roles.indices where roles[axis] != .other && sizes[axis] != output[axis + missing] {
      return nil
    }
    return [field.with(roles: .init(repeating: .other, count: missing) + roles)]
  }
}

extension Gemm: FieldRule {
  func fields(_ context: FieldContext) -> [LocalField]? {
    let isLeft = context.fields[0] != nil
    guard let field = context.only(isLeft ? 0 : 1), field.roles.count == 2 else { return nil }
    let summed = isLeft ? (transposeA ? 0 : 1) : (transposeB ? 1 : 0)
    guard field.roles[summed] == .other else { return nil }
    let kept = field.roles[1 - summed]
    return [field.with(roles: isLeft ? [kept, .other] : [.other, kept])]
  }
}
