<?php
/**
 * Plugin Name: Lianbo Bridge
 * Description: Lets the Lianbo hub mark its posts: where the original stands, under which id, in which version. 联播桥接插件：记录稿件的原文地址、编号与版本。
 * Version: 1.0.0
 * Requires at least: 5.6
 * Requires PHP: 7.4
 * License: Apache-2.0
 *
 * Put this file into wp-content/mu-plugins/ (it then works without being switched on), or into wp-content/plugins/.
 * 将本文件放入 wp-content/mu-plugins/ 即可生效，无需启用。
 */

defined( 'ABSPATH' ) || exit;

const LIANBO_BRIDGE_VERSION = '1.0.0';
const LIANBO_BRIDGE_META    = array( 'synd_external_id', 'synd_canonical_url', 'synd_source', 'synd_version' );

/** Without this WordPress drops what the hub says about a post in silence. */
add_action(
	'init',
	function () {
		foreach ( LIANBO_BRIDGE_META as $key ) {
			register_post_meta(
				'post',
				$key,
				array(
					'type'              => 'string',
					'single'            => true,
					'show_in_rest'      => true,
					'sanitize_callback' => 'synd_canonical_url' === $key ? 'esc_url_raw' : 'lianbo_bridge_text',
					'auth_callback'     => function ( $allowed, $meta_key, $post_id ) {
						return current_user_can( 'edit_post', $post_id );
					},
				)
			);
		}
	}
);

/** GET /wp/v2/posts?synd_external_id=… finds a post of the hub, whatever its slug is now. For editors only. */
add_filter(
	'rest_post_query',
	function ( $args, $request ) {
		$id = $request->get_param( 'synd_external_id' );
		if ( is_string( $id ) && '' !== $id && current_user_can( 'edit_posts' ) ) {
			$args['meta_query'][] = array(
				'key'   => 'synd_external_id',
				'value' => $id,
			);
		}
		return $args;
	},
	10,
	2
);

/** Plain text as it is: sanitize_text_field() would take the percent signs out of a uri. */
function lianbo_bridge_text( $value ) {
	return trim( wp_strip_all_tags( (string) $value, true ) );
}

/** Where the original of a post stands, or an empty string. */
function lianbo_bridge_original( $post ) {
	$post = get_post( $post );
	$url  = $post ? get_post_meta( $post->ID, 'synd_canonical_url', true ) : '';
	return is_string( $url ) && lianbo_bridge_is_web( $url ) ? $url : '';
}

/** Only http and https are addresses of originals. */
function lianbo_bridge_is_web( $url ) {
	return in_array( wp_parse_url( $url, PHP_URL_SCHEME ), array( 'http', 'https' ), true );
}

/** <link rel="canonical"> in the head names the original: search engines then credit the outlet that wrote it. */
add_filter(
	'get_canonical_url',
	function ( $url, $post ) {
		$original = lianbo_bridge_original( $post );
		return '' === $original ? $url : $original;
	},
	10,
	2
);

/** The same for the two plugins that print their own. */
foreach ( array( 'wpseo_canonical', 'rank_math/frontend/canonical' ) as $lianbo_bridge_filter ) {
	add_filter(
		$lianbo_bridge_filter,
		function ( $url ) {
			$original = is_singular() ? lianbo_bridge_original( get_queried_object_id() ) : '';
			return '' === $original ? $url : $original;
		}
	);
}

/** GET /lianbo/v1/bridge tells the hub that the plugin is here. */
add_action(
	'rest_api_init',
	function () {
		register_rest_route(
			'lianbo/v1',
			'/bridge',
			array(
				'methods'             => 'GET',
				'callback'            => function () {
					return array( 'version' => LIANBO_BRIDGE_VERSION );
				},
				'permission_callback' => function () {
					return current_user_can( 'edit_posts' );
				},
			)
		);
	}
);
