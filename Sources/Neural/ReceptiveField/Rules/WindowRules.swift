extension FieldContext {
  /// The field of input 0 seen through a window over its axes after `[N, C]`.
  ///
  /// - Parameter begin: Padding before each axis.
  func windowed(_ window: SpatialWindow, begin: [Int]) -> LocalField? {
    guard var field = fields[0], field.roles.count == window.kernel.count + 2 else { return nil }
    for axis in window.kernel.indices {
      switch field.roles[axis + 2] {
      case .other: continue
      case .spatial(let spatial):
        field.axes[spatial] = field.axes[spatial].windowed(
          extent: window.extent(axis), step: window.strides[axis], begin: begin[axis])
      case .scattered:
        guard window.extent(axis) == 1, window.strides[axis] == 1, begin[axis] == 0 else {
          return nil
        }
      }
    }
    return field
  }
}

extension Convolution: FieldRule {
  func fields(_ context: FieldContext) throws -> [LocalField]? {
    let kernel = Array(context.shape(1).dropFirst(2))
    let dependent = context.fields.indices.filter { context.fields[$0] != nil }
    guard dependent == [0] || dependent == [0, 3], let input = context.fields[0],
      input.roles.count > 1, input.roles[1] == .other
    else { return nil }
    let window = SpatialWindow(
      kernel: kernel, strides: strides, dilations: dilations, padsBegin: padsBegin,
      padsEnd: padsEnd)
    let begin = try padding(inputShape: context.shape(0), kernel: kernel).begin
    guard let field = context.windowed(window, begin: begin) else { return nil }
    guard context.fields.count > 3, let residual = context.fields[3] else { return [field] }
    return field.union(residual, shape: context.outputs[0].shape).map { [$0] }
  }
}

extension ConvolutionTranspose: FieldRule {
  // Output o gets input i when o = i * stride + tap * dilation - padding.
  func fields(_ context: FieldContext) throws -> [LocalField]? {
    let kernel = Array(context.shape(1).dropFirst(2))
    guard var field = context.only(0), field.roles.count == kernel.count + 2,
      field.roles[1] == .other
    else { return nil }
    let begin = try padding(inputShape: context.shape(0), kernel: kernel).begin
    for axis in kernel.indices {
      switch field.roles[axis + 2] {
      case .other: continue
      case .scattered: return nil
      case .spatial(let spatial):
        let reach = (kernel[axis] - 1) * dilations[axis]
        let stride = Double(strides[axis])
        field.axes[spatial] = field.axes[spatial].refined(
          factor: stride, before: Double(reach - begin[axis]) / stride,
          after: Double(begin[axis]) / stride, span: reach / strides[axis])
      }
    }
    return [field]
  }
}

extension MaxPool: FieldRule {
  func fields(_ context: FieldContext) throws -> [LocalField]? {
    let window = SpatialWindow(
      kernel: kernel, strides: strides, dilations: dilations, padsBegin: padsBegin,
      padsEnd: padsEnd)
    let begin = try padding(inputShape: context.shape(0)).begin
    return context.windowed(window, begin: begin).map { [$0] }
  }
}

extension AveragePool: FieldRule {
  func fields(_ context: FieldContext) throws -> [LocalField]? {
    let window = SpatialWindow(
      kernel: kernel, strides: strides, dilations: dilations, padsBegin: padsBegin,
      padsEnd: padsEnd)
    let begin = try padding(inputShape: context.shape(0)).begin
    return context.windowed(window, begin: begin).map { [$0] }
  }
}

extension Resize: FieldRule {
  func fields(_ context: FieldContext) throws -> [LocalField]? {
    guard var field = context.only(0) else { return nil }
    for (axis, taps) in try axisTaps(context.inputs).enumerated() {
      guard let taps else { continue }
      switch field.roles[axis] {
      case .other: continue
      case .scattered: return nil
      case .spatial(let spatial):
        let (from, to) = (context.shape(0)[axis], context.outputs[0].shape[axis])
        let corners = coordinates == .alignCorners && from > 1 && to > 1
        let factor =
          corners ? Double(to - 1) / Double(from - 1) : Double(to) / Double(max(from, 1))
        let reach = taps.reach(factor: factor)
        field.axes[spatial] = field.axes[spatial].refined(
          factor: factor, before: reach.before, after: reach.after, span: reach.span)
      }
    }
    return [field]
  }
}

extension ResizeTaps {
  /// How far the taps of output `o` lie before and after `o / factor`, over all outputs, and the
  /// most positions from a first to a last tap. Taps of weight 0 do not count.
  fileprivate func reach(factor: Double) -> (before: Double, after: Double, span: Int) {
    var reach = (before: -Double.infinity, after: -Double.infinity, span: 0)
    for output in outside.indices {
      let place = Double(output) / factor
      let used = (output * tapCount..<(output + 1) * tapCount).filter { weights[$0] != 0 }
      guard let first = used.map({ indices[$0] }).min(),
        let last = used.map({ indices[$0] }).max()
      else { continue }
      reach.before = max(reach.before, place - Double(first))
      reach.after = max(reach.after, Double(last) - place)
      reach.span = max(reach.span, last - first)
    }
    return reach.before.isFinite ? reach : (0, 0, 0)
  }
}

extension SpaceToDepth: FieldRule {
  func fields(_ context: FieldContext) -> [LocalField]? {
    guard let field = context.only(0), field.roles[1] == .other else { return nil }
    let sides = [Int](repeating: block, count: field.roles.count - 2)
    let ones = [Int](repeating: 1, count: sides.count)
    let zeros = [Int](repeating: 0, count: sides.count)
    let window = SpatialWindow(
      kernel: sides, strides: sides, dilations: ones, padsBegin: zeros, padsEnd: zeros)
    return context.windowed(window, begin: zeros).map { [$0] }
  }
}

extension DepthToSpace: FieldRule {
  // Output o reads position floor(o / block).
  func fields(_ context: FieldContext) -> [LocalField]? {
    guard var field = context.only(0), field.roles[1] == .other,
      !field.roles.contains(.scattered)
    else { return nil }
    for case .spatial(let axis) in field.roles.dropFirst(2) {
      field.axes[axis] = field.axes[axis].refined(
        factor: Double(block), before: Double(block - 1) / Double(block), after: 0, span: 0)
    }
    return [field]
  }
}
