import FoundationEssentials
import Geometry
import Imaging
import TestSupport
import Testing

/// The resampling vectors of the specification's sections 1 and 12.
@Suite struct ResamplingTableTests {
  private struct Pyramid: Decodable {
    var squares: Rows
    var aliasComb: Rows
    enum CodingKeys: String, CodingKey {
      case squares = "resample_1d"
      case aliasComb = "alias_comb"
    }
  }
  private struct Rows: Decodable {
    var x: [Float]
    var out: [String: [Float]]
  }
  private struct Upsampling: Decodable {
    var in2: [[Float]]
    var up2: [String: [[Float]]]
    var in3: [[Float]]
    var up3to5: [String: [[Float]]]
    var nearestIndex: [String: [String: [Int]]]
    var bicubicWeights: [String: [Double]]
    enum CodingKeys: String, CodingKey {
      case in2, up2, in3, up3to5
      case nearestIndex = "nearest_index"
      case bicubicWeights = "bicubic_weights_a0_75"
    }
  }

  private func load<Value: Decodable>(_ name: String, as: Value.Type) throws -> Value {
    let bytes = try TestFiles.bytes(TestFiles.fixture("spec/" + name))
    return try JSONDecoder().decode(Value.self, from: Data(bytes))
  }

  private let filters: [String: ResamplingFilter] = [
    "nearest_floor": .nearest, "nearest_exact": .nearestExact,
    "bilinear_half_pixel": .bilinear, "bilinear_align_corners": .bilinearAlignCorners,
    "bicubic_a-0.75_half_pixel": .bicubic(a: -0.75),
    "triangle_antialias": .antialiased(.triangle),
    "catmullrom_a-0.5_antialias": .antialiased(.cubic(a: -0.5)),
    "lanczos3_antialias": .antialiased(.lanczos3),
    "area_fractional": .area, "area_adaptive_pool": .adaptiveArea,
  ]

  @Test func rowsOfSquares() throws {
    let vector = try load("01_image_pyramid.json", as: Pyramid.self).squares
    #expect(vector.out.count == 39)
    for (key, expected) in vector.out {
      let name = key.split(separator: ":")[0]
      let filter = try #require(filters[String(name)], "\(key)")
      let table = ResamplingTable(filter, from: vector.x.count, to: expected.count)
      // The file has 8 decimals.
      expectClose(table(vector.x), expected, absolute: 1e-6, relative: 1e-6, key)
    }
  }

  @Test func aliasComb() throws {
    let vector = try load("01_image_pyramid.json", as: Pyramid.self).aliasComb
    for (key, expected) in vector.out {
      let filter = try #require(filters[key])
      let table = ResamplingTable(filter, from: vector.x.count, to: expected.count)
      expectClose(table(vector.x), expected, absolute: 1e-5, key)
    }
  }

  private func check(
    _ input: [[Float]], _ expected: [[Float]], _ filter: ResamplingFilter, _ key: String
  ) {
    let plane = Plane(
      size: Size(width: input[0].count, height: input.count), values: Array(input.joined()))
    let size = Size(width: expected[0].count, height: expected.count)
    expectClose(
      plane.resized(to: size, filter: filter).values, Array(expected.joined()), absolute: 2e-6, key)
  }

  @Test func planesUpsampled() throws {
    let vectors = try load("12_upsampling.json", as: Upsampling.self)
    let twice: [String: ResamplingFilter] = [
      "nearest_2x": .nearest, "bilinear_ac_false_2x": .bilinear,
      "bilinear_ac_true_2x": .bilinearAlignCorners, "bicubic_ac_false_2x": .bicubic(a: -0.75),
      "bicubic_ac_true_2x": .bicubicAlignCorners(a: -0.75),
    ]
    for (key, expected) in vectors.up2 {
      check(vectors.in2, expected, try #require(twice[key]), key)
    }
    let five: [String: ResamplingFilter] = [
      "nearest_floor": .nearest, "nearest_exact": .nearestExact, "bilinear_ac_false": .bilinear,
      "bilinear_ac_true": .bilinearAlignCorners, "bicubic": .bicubic(a: -0.75),
    ]
    for (key, expected) in vectors.up3to5 {
      check(vectors.in3, expected, try #require(five[key]), key)
    }
  }

  @Test func nearestIndices() throws {
    let vectors = try load("12_upsampling.json", as: Upsampling.self)
    for (key, tables) in vectors.nearestIndex {
      let counts = key.components(separatedBy: "->").compactMap { Int($0) }
      let floor = ResamplingTable(.nearest, from: counts[0], to: counts[1])
      let exact = ResamplingTable(.nearestExact, from: counts[0], to: counts[1])
      #expect(floor.starts == tables["floor"], "\(key)")
      #expect(exact.starts == tables["exact"], "\(key)")
    }
  }

  @Test func bicubicWeights() throws {
    let vectors = try load("12_upsampling.json", as: Upsampling.self).bicubicWeights
    // Shrinking by two puts every centre at t = 0.5; doubling puts odd ones at t = 0.25.
    #expect(ResamplingTable(.bicubic(a: -0.75), from: 8, to: 4).weights[1] == vectors["t=0.5"])
    #expect(ResamplingTable(.bicubic(a: -0.75), from: 8, to: 16).weights[5] == vectors["t=0.25"])
  }

  @Test(arguments: [1, 2, 3, 5, 8, 17, 64]) func weightsAddUpToOneAndStayInside(_ n: Int) {
    for filter in filters.values {
      for m in [1, 2, 3, 4, 7, 16, 33, 100] {
        let table = ResamplingTable(filter, from: n, to: m)
        for (start, weights) in zip(table.starts, table.weights) {
          #expect(start >= 0 && start + weights.count <= n && !weights.isEmpty)
          #expect(abs(weights.reduce(0, +) - 1) < 1e-12)
        }
      }
    }
  }
}
