/// Scaled dot-product attention with heads, masks, windows and a cache of earlier keys: ONNX's
/// `Attention`.
///
/// Inputs, Float32 but for masks and lengths: q `[N, H, L, D]`; k `[N, G, S, D]`; v `[N, G, S, E]`
/// (or each `[N, length, heads * size]`), H a multiple of G, query head h reading head `h * G / H`;
/// mask?, bool (true takes part) or Float32 (added), broadcast to `[N, H, L, T]`, its last axis
/// perhaps shorter (the rest takes no part); past keys? `[N, G, P, D]` and values? `[N, G, P, E]`,
/// put before k and v; valid lengths? `[N]` of k and v. T is `P + S`.
/// Outputs: y as q with E for D; the keys `[N, G, T, D]` and values `[N, G, T, E]`; with `scores`
/// those too, `[N, H, L, T]`. A query that sees no key gives zeros. Sums run in Float64; memory beyond
/// the outputs is one row of scores.
package struct MultiHeadAttention: Operator, Hashable {
  /// What the output of scores holds.
  package enum Scores: Hashable, Sendable { case products, capped, biased, probabilities }

  package var queryHeads: Int?
  package var keyHeads: Int?
  /// `nil` is `1 / sqrt(D)`.
  package var scale: Float?
  package var softcap: Float
  package var isCausal: Bool
  /// Keys before and after a query's own position that it sees; `nil` is all.
  package var leftWindow: Int?
  package var rightWindow: Int?
  package var scores: Scores?

  package init(
    queryHeads: Int? = nil, keyHeads: Int? = nil, scale: Float? = nil, softcap: Float = 0,
    isCausal: Bool = false, scores: Scores? = nil
  ) {
    self.queryHeads = queryHeads
    self.keyHeads = keyHeads
    self.scale = scale
    self.softcap = softcap
    self.isCausal = isCausal
    self.scores = scores
  }

  package var name: String { "Attention" }

  private struct Layout {
    var q: HeadLayout
    var k: HeadLayout
    var v: HeadLayout
    var past: Int
    var total: Int { past + k.length }
    var types: [TensorType]
  }

  private func layout(_ types: [TensorType?]) throws -> Layout {
    func type(_ index: Int, _ label: String) throws -> TensorType {
      guard index < types.count, let type = types[index] else {
        throw OperatorError.invalidInput("input \(label) is missing")
      }
      try type.requireFloat(label)
      return type
    }
    func has(_ index: Int) -> Bool { index < types.count && types[index] != nil }
    let shapes = (try type(0, "q").shape, try type(1, "k").shape, try type(2, "v").shape)
    let q = try HeadLayout(shapes.0, heads: queryHeads, "q")
    let k = try HeadLayout(shapes.1, heads: keyHeads, "k")
    let v = try HeadLayout(shapes.2, heads: keyHeads, "v")
    guard q.batch == k.batch, k.batch == v.batch, k.heads == v.heads, k.length == v.length,
      q.size == k.size, k.heads > 0, q.heads % k.heads == 0
    else {
      throw OperatorError.invalidInput(
        "q, k and v of shapes \(shapes.0), \(shapes.1), \(shapes.2) do not fit together")
    }
    guard has(4) == has(5), !(has(4) && has(6)) else {
      throw OperatorError.invalidInput(
        "past keys and values go together, and not with valid lengths")
    }
    var past = 0
    if has(4) {
      let (keys, values) = (try type(4, "past_key").shape, try type(5, "past_value").shape)
      guard keys.count == 4, values.count == 4, keys[2] == values[2],
        keys == [k.batch, k.heads, keys[2], k.size],
        values == [k.batch, k.heads, keys[2], v.size]
      else {
        throw OperatorError.invalidInput("past keys and values of shapes \(keys) and \(values)")
      }
      past = keys[2]
    }
    let total = try Checked.sum(past, k.length, "keys")
    if has(3), let mask = types[3] {
      guard mask.elementType == .bool || mask.elementType == .float32,
        mask.shape.last ?? 1 <= max(total, 1)
      else {
        throw OperatorError.invalidInput("mask is \(mask.elementType) of shape \(mask.shape)")
      }
      try Broadcast.require(
        mask.shape.dropLast() + [1], fits: [q.batch, q.heads, q.length, 1], "mask")
    }
    if has(6), let lengths = types[6] {
      guard lengths.elementType.isInteger, lengths.shape == [q.batch] else {
        throw OperatorError.invalidInput("nonpad_kv_seqlen of shape \(lengths.shape)")
      }
    }
    var outputs: [TensorType] = [
      try .output(.float32, q.shape(heads: q.heads, length: q.length, size: v.size)),
      try .output(.float32, [k.batch, k.heads, total, k.size]),
      try .output(.float32, [k.batch, k.heads, total, v.size]),
    ]
    if scores != nil {
      outputs.append(try .output(.float32, [q.batch, q.heads, q.length, total]))
    }
    return Layout(q: q, k: k, v: v, past: past, types: outputs)
  }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    _ = try OperatorInputs(inputs, count: 3...7)
    return try layout(inputs.map { $0?.type }).types
  }

  package func multiplyAdds(inputs: [TensorType?], outputs: [TensorType]) -> Int {
    guard let layout = try? layout(inputs) else { return 0 }
    return Checked.saturatingProduct(
      [
        layout.q.batch, layout.q.heads, layout.q.length, layout.total,
        layout.q.size + layout.v.size,
      ]
    )
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let layout = try layout(inputs.map { $0.map { TensorType($0.elementType, $0.shape) } })
    let keys = try cache(try required(inputs, 1), optional(inputs, 4), layout.k, layout)
    let values = try cache(try required(inputs, 2), optional(inputs, 5), layout.v, layout)
    let mask = try optional(inputs, 3).map {
      try AttentionMask($0, layout.types, layout.total, layout.q)
    }
    let lengths = try optional(inputs, 6)?.integers()
    var scoreRows = [Float]()
    let y = try Tensor(.float32, shape: layout.types[0].shape, as: Float.self) { output in
      let q = try required(inputs, 0).elements(Float.self)
      let (k, v) = (keys.elements(Float.self), values.elements(Float.self))
      let (depth, width, total) = (layout.q.size, layout.v.size, layout.total)
      let target = try HeadLayout(layout.types[0].shape, heads: layout.q.heads, "y")
      let factor = Double(scale ?? Float(1 / Double(max(depth, 1)).squareRoot()))
      var row = [Double](repeating: 0, count: total)
      for image in 0..<layout.q.batch {
        for head in 0..<layout.q.heads {
          let group = image * layout.k.heads + head * layout.k.heads / layout.q.heads
          for i in 0..<layout.q.length {
            let start = layout.q.start(image, head, i)
            for j in 0..<total {
              var sum = 0.0
              let key = (group * total + j) * depth
              for d in 0..<depth { sum += Double(q[start + d]) * Double(k[key + d]) }
              row[j] = sum * factor
            }
            let position = i + (lengths.map { $0[image] - layout.q.length } ?? layout.past)
            if scores == .products { scoreRows += row.map { Float($0) } }
            cap(&row)
            if scores == .capped { scoreRows += row.map { Float($0) } }
            for j in 0..<total {
              if !sees(position, j) || j >= lengths?[image] ?? total { row[j] = -.infinity }
              if let mask { row[j] += mask.bias(image, head, i, j) }
            }
            if scores == .biased { scoreRows += row.map { Float($0) } }
            Self.softmax(&row)
            if scores == .probabilities { scoreRows += row.map { Float($0) } }
            let place = target.start(image, head, i)
            for e in 0..<width {
              var sum = 0.0
              for j in 0..<total where row[j] != 0 {
                sum += row[j] * Double(v[(group * total + j) * width + e])
              }
              output[place + e] = Float(sum)
            }
          }
        }
      }
    }
    guard scores != nil else { return [y, keys, values] }
    return [y, keys, values, try Tensor(scoreRows, shape: layout.types[3].shape)]
  }

  private func cap(_ row: inout [Double]) {
    guard softcap > 0 else { return }
    let cap = Double(softcap)
    for j in row.indices { row[j] = cap * ElementaryFunctions.hyperbolicTangent(row[j] / cap) }
  }

  /// Whether a query at an absolute position sees key `j`, as far as its place tells.
  private func sees(_ position: Int, _ j: Int) -> Bool {
    if isCausal && j > position { return false }
    if let leftWindow, position - j > leftWindow { return false }
    if let rightWindow, j - position > rightWindow { return false }
    return true
  }

  /// Probabilities of a row of scores; zeros where all are minus infinity.
  static func softmax(_ row: inout [Double]) {
    let largest = row.reduce(-Double.infinity) { $0.maximum($1) }
    guard largest > -.infinity else {
      for j in row.indices { row[j] = row[j].isNaN ? row[j] : 0 }
      return
    }
    var total = 0.0
    for j in row.indices {
      row[j] = ElementaryFunctions.exponential(row[j] - largest)
      total += row[j]
    }
    for j in row.indices { row[j] /= total }
  }

  /// The past and then the new keys or values as `[N, G, T, size]`.
  private func cache(
    _ new: Tensor, _ past: Tensor?, _ heads: HeadLayout, _ layout: Layout
  ) throws -> Tensor {
    let shape = [heads.batch, heads.heads, layout.total, heads.size]
    return try Tensor(.float32, shape: shape, as: Float.self) { output in
      let new = new.elements(Float.self)
      let past = past?.elements(Float.self) ?? []
      for image in 0..<heads.batch {
        for head in 0..<heads.heads {
          let group = image * heads.heads + head
          for position in 0..<layout.total {
            let target = (group * layout.total + position) * heads.size
            for d in 0..<heads.size {
              output[target + d] =
                position < layout.past
                ? past[(group * layout.past + position) * heads.size + d]
                : new[heads.start(image, head, position - layout.past) + d]
            }
          }
        }
      }
    }
  }
}

/// What a mask adds to scores.
private struct AttentionMask {
  private let values: [Float]
  private let isBoolean: Bool
  private let strides: [Int]
  private let width: Int

  init(_ mask: Tensor, _ types: [TensorType], _ total: Int, _ q: HeadLayout) throws {
    values = mask.floats()
    isBoolean = mask.elementType == .bool
    width = mask.shape.last ?? 1
    let target = [q.batch, q.heads, q.length, max(width, 1)]
    strides = Broadcast.strides(of: mask.shape, over: target)
    isRepeated = width == 1 && total != 1 && mask.shape.isEmpty
  }

  /// Whether one value stands for all keys.
  private let isRepeated: Bool

  func bias(_ image: Int, _ head: Int, _ i: Int, _ j: Int) -> Double {
    guard j < width || isRepeated else { return -.infinity }
    let value =
      values[image * strides[0] + head * strides[1] + i * strides[2] + j * strides[3]]
    return isBoolean ? (value != 0 ? 0 : -.infinity) : Double(value)
  }
}
